/** What the test that started this program gave it; each program says what it takes. */
export const given: unknown = JSON.parse(process.argv[2] ?? '{}');
