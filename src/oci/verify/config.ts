import { annotations, digest } from './descriptor.ts';
import {
  arrayOf,
  boolean,
  literal,
  mapOf,
  object,
  optional,
  required,
  string,
  type Validator,
} from './shape.ts';
import { report, show } from './violations.ts';

const configField = 'config-field';
/** config.md: "Any OPTIONAL field MAY also be set to null, which is equivalent to being absent". */
const allowingNull = { nullIsAbsent: true };
const dateTimePattern =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

const text = string(configField);
const texts = arrayOf(configField, text);
/** Go's `map[string]struct{}`. */
const set = mapOf(configField, object(configField, {}));
const dateTime: Validator = (value, location) => {
  const isDate = typeof value === 'string' && dateTimePattern.test(value) && isDay(value);
  if (!isDate)
    report(location, 'config-created', 'a date and time (RFC 3339, section 5.6)', show(value));
};

const execution = object(
  'config-object',
  {
    User: optional(text),
    ExposedPorts: optional(set),
    Env: optional(arrayOf('config-env', string('config-env', /^[^=]+=/, 'NAME=VALUE'))),
    Entrypoint: optional(texts),
    Cmd: optional(texts),
    Volumes: optional(set),
    WorkingDir: optional(text),
    Labels: optional(annotations('config-labels')),
    StopSignal: optional(text),
    ArgsEscaped: optional(boolean(configField)),
  },
  allowingNull,
);

const rootfs = object('config-rootfs', {
  type: required('config-rootfs', literal('config-rootfs', 'layers')),
  diff_ids: required('config-rootfs', arrayOf('config-rootfs', digest('config-diff-id'))),
});

const history = object(
  'config-history',
  {
    created: optional(dateTime),
    author: optional(text),
    created_by: optional(text),
    comment: optional(text),
    empty_layer: optional(boolean(configField)),
  },
  allowingNull,
);

/** An image configuration (config.md). */
export const config: Validator = object(
  'config-object',
  {
    created: optional(dateTime),
    author: optional(text),
    architecture: required(configField, text),
    os: required(configField, text),
    'os.version': optional(text),
    'os.features': optional(texts),
    variant: optional(text),
    config: optional(execution),
    rootfs: required('config-rootfs', rootfs),
    history: optional(arrayOf('config-history', history)),
  },
  allowingNull,
);

/** Whether the month has that day. */
function isDay(dateTime: string): boolean {
  const [year = 0, month = 0, day = 0] = dateTime.slice(0, 10).split('-').map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCDate() === day;
}
