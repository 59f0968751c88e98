import { type InfiniteData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { call } from './call.ts'

/** A list that services answer page by page; `next` is the address of the next page, or null. */
export interface ListPage {
  next: string | null
}

/** Pages of a list that were read so far, as the cache keeps them. */
export type Pages<Page> = InfiniteData<Page, string>

/** A list that is being read, or was. */
export interface AllPages<Page> {
  /** What was read so far, or undefined before the first page. */
  pages: Page[] | undefined
  isComplete: boolean
  /** Why reading stopped, or null. What was read before stays. */
  error: Error | null
  /** Goes on where reading stopped; once all is there, reads it anew. */
  readOn: () => void
  /** When something of it came last, in ms. */
  readAt: number
}

/** Reads a list to its end, page after page: the first can be shown at once. */
export function useAllPages<Page extends ListPage>(
  queryKey: QueryKey,
  path: string,
  { staleTime, enabled = true }: { staleTime?: number; enabled?: boolean } = {},
): AllPages<Page> {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => call<Page>(pageParam, { signal }),
    initialPageParam: path,
    getNextPageParam: ({ next }) => next,
    enabled,
    ...(staleTime !== undefined && { staleTime }),
  })
  const { data, error, hasNextPage, isFetching, fetchNextPage, refetch, dataUpdatedAt } = query
  // Whoever changes what was read cuts off what is being read, perhaps before anybody saw that it had begun.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `data` is what tells of that
  useEffect(() => {
    if (enabled && hasNextPage && !isFetching && !error) void fetchNextPage()
  }, [enabled, hasNextPage, isFetching, error, fetchNextPage, data])
  return {
    pages: data?.pages,
    isComplete: data !== undefined && !hasNextPage,
    error,
    readOn: () => void (hasNextPage ? fetchNextPage() : refetch()),
    readAt: dataUpdatedAt,
  }
}
