import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import type { ListPage } from './all-pages.ts'
import { call } from './call.ts'

/** A list of which people mostly want the beginning. */
export interface MorePages<Page> {
  /** What was read so far, or undefined before the first page. */
  pages: Page[] | undefined
  /** Why the last reading brought nothing, or null. What was read before stays. */
  error: Error | null
  /** Whether there is nothing more to read. */
  isComplete: boolean
  /** Whether more is being read. */
  isReading: boolean
  /** Reads the next page, or again what could not be read. */
  readOn: () => void
}

/** Reads a list page by page, each when it is asked for. */
export function useMorePages<Page extends ListPage>(queryKey: QueryKey, path: string): MorePages<Page> {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => call<Page>(pageParam, { signal }),
    initialPageParam: path,
    getNextPageParam: ({ next }) => next,
  })
  const { data, error, hasNextPage, isFetching, isFetchingNextPage, fetchNextPage, refetch } = query
  const readOn = () => {
    if (!isFetching) void (hasNextPage ? fetchNextPage() : refetch())
  }
  return {
    pages: data?.pages,
    error,
    isComplete: data !== undefined && !hasNextPage,
    isReading: isFetchingNextPage,
    readOn,
  }
}
