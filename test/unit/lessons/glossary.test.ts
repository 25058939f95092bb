import { describe, expect, test } from 'vitest';
import { glossary } from '../../../lessons/glossary.ts';
import { lessons } from '../../../lessons/index.ts';
import { factsOf, proseOf, termsIn } from '../../../src/engine/glossary.ts';
import { keyOf, placesOf } from '../../../src/engine/lesson.ts';
import { plain } from '../../../src/engine/text.ts';

/** The words that a person who builds an image by hand meets, and may look up. */
const words =
  'image, layer, blob, digest, descriptor, media type, DiffID, chain ID, config, manifest, index, image layout, reference, namespace, content store, snapshot, snapshotter, lowerdir, upperdir, workdir, merged, whiteout, opaque, mount, lease, garbage collection, runc, shim, OCI runtime spec, mtime, reproducible'.split(
    ', ',
  );

const places = placesOf(lessons);
const keys = places.map(keyOf);
const terms = glossary.map((each) => [each.term, each] as const);

test('has every word of the field, each once', () => {
  const named = glossary.map(({ term }) => term);
  expect(words.filter((word) => !named.includes(word))).toEqual([]);
  expect(named).toEqual([...new Set(named)]);
  const forms = glossary.flatMap(({ term, forms: more = [] }) => [term, ...more]);
  expect(forms).toEqual([...new Set(forms)]);
});

describe.each(terms)('%s', (name, term) => {
  test("is told with the learner's own, which comes about in a step that exists", () => {
    const facts = factsOf([term]);
    expect(facts.length).toBeGreaterThan(0);
    for (const { from, what } of facts) {
      expect(keys).toContain(from);
      expect(what).not.toBe('');
    }
  });

  test('is a few short sentences', () => {
    const explained = plain(term.explanation, new Map());
    expect(explained).toMatch(/^\S.*[.)]$/s);
    expect(explained.length).toBeLessThan(260);
    expect(explained).not.toMatch(/not yet known|!/);
    expect(plain(term.yours, new Map())).toMatch(/\.$/);
  });

  test('is on some page', () => {
    expect(
      places.some((place) => termsIn(place, glossary).some((each) => each.term === name)),
    ).toBe(true);
  });

  test('brings along only what there is', () => {
    for (const other of term.along ?? []) expect(words).toContain(other);
  });
});

// Another way to look for a word than the glossary's own: whole words, one after the other.
const wordsOf = (text: string) => ` ${text.toLowerCase().replace(/[^a-z0-9.]+/g, ' ')} `;

describe.each(places.map((place) => [keyOf(place), place] as const))(
  'the page of %s',
  (_, place) => {
    const shown = termsIn(place, glossary).map(({ term }) => term);

    test('has the terms that its prose uses', () => {
      const prose = wordsOf(
        proseOf(place)
          .map((text) => plain(text, new Map()))
          .join('\n')
          // What is joined by one of these is a path, a variable or an option.
          .replace(/\S*[/$_-]\S*/g, ' '),
      );
      const used = words.filter(
        (word) =>
          prose.includes(` ${word.toLowerCase()} `) || prose.includes(` ${word.toLowerCase()}s `),
      );
      expect(used.filter((word) => !shown.includes(word))).toEqual([]);
    });

    test('has some', () => {
      expect(shown.length).toBeGreaterThan(0);
    });
  },
);

test('the words of a lesson are those it teaches', () => {
  const shownIn = (id: string) =>
    new Set(
      places
        .filter(({ lesson }) => lesson.id === id)
        .flatMap((place) => termsIn(place, glossary).map(({ term }) => term)),
    );
  const taught: Record<string, string[]> = {
    '02-filesystems': ['whiteout', 'opaque', 'busybox'],
    '03-layers': ['tar', 'DiffID', 'digest', 'gzip', 'mtime', 'reproducible'],
    '04-layout': [
      'blob',
      'descriptor',
      'media type',
      'config',
      'manifest',
      'index',
      'image layout',
    ],
    '05-import': ['reference', 'snapshot', 'containerd'],
    '06-overlayfs': ['lowerdir', 'upperdir', 'workdir', 'merged', 'mount', 'whiteout'],
    '07-inspect': ['chain ID', 'garbage collection', 'lease', 'snapshotter', 'content store'],
    '08-run': ['container', 'runc', 'shim', 'OCI runtime spec', 'upperdir'],
    '11-cleanup': ['namespace'],
  };
  for (const [id, own] of Object.entries(taught)) {
    const shown = shownIn(id);
    expect([id, own.filter((term) => !shown.has(term))]).toEqual([id, []]);
  }
});
