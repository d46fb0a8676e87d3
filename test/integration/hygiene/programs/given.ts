/** What the test that started this program gave it. */
export function given<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}
