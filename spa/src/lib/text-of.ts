/** Any JSON as people read it: a text as it is, nothing as nothing. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value, null, 2);
