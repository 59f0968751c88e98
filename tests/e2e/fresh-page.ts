import { freshPage } from '../../infra/tools/fresh-page.ts'

/** Once before all files: what is tested is the page of these sources. */
export const setup = async (): Promise<void> => void (await freshPage())
