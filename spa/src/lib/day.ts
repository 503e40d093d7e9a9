// Days as addresses hold them: 2027-03-01.
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** A day that exists. */
export const isDay = (text: string): boolean => {
  if (!DAY.test(text)) return false;
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  const date = new Date(year, month - 1, day);
  return date.getFullYear() === year && date.getMonth() === month - 1 && date.getDate() === day;
};
