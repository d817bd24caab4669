// What a call fails with.

/** The code of the error that a call throws; undefined if it throws none. */
export function code (run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
