/**
 * The three roles of a Postern database. The owner migrates and owns every table; `postern_app` is all that the gateway
 * ever is; `postern_dispatch` owns the few functions that look over all practices and give out ids only.
 */
export const roles = { app: 'postern_app', dispatch: 'postern_dispatch' } as const;

/** Searched first to last; never the session's own setting, which PGlite would share between all connections. */
export const searchPath = 'postern, public';
