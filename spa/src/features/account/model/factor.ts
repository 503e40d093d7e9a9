// Codes of the second factor, as they are typed.

/** Apps show "123 456"; recovery codes are letters and digits in groups. */
export const cleanCode = (typed: string): string => typed.replaceAll(/\s/g, '').toUpperCase();

export const isAppCode = (typed: string): boolean => /^\d{6}$/.test(cleanCode(typed));

/** The key in groups of four, which are easier to type. */
export const grouped = (key: string): string => key.match(/.{1,4}/g)?.join(' ') ?? '';

export const FEW_CODES = 3;

/** Dark squares of a picture of `rows`, as one path: a run of each line is one rectangle. */
export function squares(rows: readonly (readonly boolean[])[]): string {
  const parts: string[] = [];
  for (const [y, row] of rows.entries()) {
    let from = -1;
    for (let x = 0; x <= row.length; x++) {
      if (row[x] && from < 0) from = x;
      if (!row[x] && from >= 0) {
        parts.push(`M${from} ${y}h${x - from}v1H${from}z`);
        from = -1;
      }
    }
  }
  return parts.join('');
}
