import { describe, expect, test } from 'vitest';
import { hasPaneRoom, placePane } from '../../../../src/ui/pane/place.ts';
import { themes } from '../../../helpers/themes.ts';

const sizes = [
  [109, 40],
  [110, 29],
  [110, 30],
  [120, 40],
  [200, 50],
  [71, 50],
  [80, 24],
  [80, 45],
  [80, 46],
  [80, 50],
] as const;

describe('where the shell is', () => {
  test.each([
    [80, 24, undefined],
    [109, 40, undefined],
    [110, 29, undefined],
    [71, 60, undefined],
    [80, 45, undefined],
    [110, 30, 'beside'],
    [120, 40, 'beside'],
    [200, 50, 'beside'],
    [80, 46, 'below'],
    [109, 60, 'below'],
  ])('%i by %i: %s', (columns, rows, at) => {
    const size = { columns, rows };
    expect(hasPaneRoom(size, themes.color)).toBe(at !== undefined);
    expect(placePane(size, true).at).toBe(at ?? 'alone');
  });

  test('never for a screen reader', () => {
    expect(hasPaneRoom({ columns: 200, rows: 60 }, themes.spoken)).toBe(false);
  });

  test.each(sizes)('within %i by %i, and the last row stays free', (columns, rows) => {
    for (const focused of [true, false]) {
      const place = placePane({ columns, rows }, focused);
      expect(place.column + place.columns).toBe(columns);
      expect(place.row + place.rows).toBeLessThan(rows);
      expect(place.columns).toBeGreaterThanOrEqual(Math.min(columns, 55));
      if (place.at !== 'alone') {
        expect(place.page?.columns).toBeGreaterThanOrEqual(53);
        expect(place.page?.rows).toBeGreaterThanOrEqual(24);
      }
    }
  });

  test.each([
    [110, 53, 55],
    [120, 58, 60],
    [130, 68, 60],
    [140, 78, 60],
    [160, 78, 80],
    [200, 84, 114],
  ])('%i columns are %i for the page and %i for the shell', (columns, page, shell) => {
    const place = placePane({ columns, rows: 40 }, true);
    expect([place.page?.columns, place.columns]).toEqual([page, shell]);
  });

  test('a terminal that was made too small shows what has the keys', () => {
    const size = { columns: 80, rows: 24 };
    expect(placePane(size, true)).toMatchObject({ at: 'alone', page: undefined, rows: 22 });
    expect(placePane(size, false)).toMatchObject({ at: 'alone', page: size });
  });
});
