/**
 * Medians of two ways to do something, taken in turns so that whatever else the machine is doing
 * slows both. Each is a function that gives, or resolves to, what it measured.
 *
 * @param warmUp run both once more, before the rounds that count (default)
 */
export async function compare({ rounds, warmUp = true, ours, theirs }) {
  if (warmUp) {
    await ours();
    await theirs();
  }
  /** @type {{ ours: number[], theirs: number[] }} */
  const times = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round += 1) {
    times.ours.push(await ours());
    times.theirs.push(await theirs());
  }
  return { ours: median(times.ours), theirs: median(times.theirs) };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
