/** Ink, when it is loaded, believes CI to have no screen. Somebody sits at this one. */
export async function forPeople<T>(load: () => Promise<T>): Promise<T> {
  const { CI, CONTINUOUS_INTEGRATION } = process.env;
  delete process.env.CI;
  delete process.env.CONTINUOUS_INTEGRATION;
  try {
    return await load();
  } finally {
    if (CI !== undefined) process.env.CI = CI;
    if (CONTINUOUS_INTEGRATION !== undefined) {
      process.env.CONTINUOUS_INTEGRATION = CONTINUOUS_INTEGRATION;
    }
  }
}
