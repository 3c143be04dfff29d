/** What run-tests.ts tells the tests. @throws Error when they were started some other way */
export function runSetting(name: 'TEST_TMP' | 'TEST_RUN' | 'TEST_DATABASE_URL' | 'TEST_REDIS_URL'): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(
    `${name} is not set: run the tests by \`npm test -- <files>\`, and ask databaseKinds() what is there.`,
  );
}
