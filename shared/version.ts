/** Put here by the build; sources that run as they are have none. */
declare const BUILT_VERSION: string | undefined

/** Whether this is a bundle, and not sources that run as they are. */
export const isBuilt = typeof BUILT_VERSION !== 'undefined'

/** Which version of this system runs; `dev` where sources run as they are. */
export const version = typeof BUILT_VERSION === 'undefined' ? 'dev' : BUILT_VERSION
