import { describe, expect, test } from '@jest/globals';
import { SetupError } from '@millrace/core';
import { types } from 'cassandra-driver';
import * as driver from 'cassandra-driver';

import { classifyCassandraError } from './classify.js';
import { CassandraClosedError, CassandraQueryError, CassandraValueError } from './errors.js';

const { responseErrorCodes } = types as unknown as { responseErrorCodes: Record<string, number> };
// The driver exports its errors; its type file forgets to say so.
const { errors } = driver as unknown as {
  errors: Record<string, new (...args: unknown[]) => Error>;
};

function response(code: number, message: string): Error {
  return new errors['ResponseError']!(code, message);
}

describe('an error code of the server', () => {
  test.each(Object.entries(responseErrorCodes).filter(([name]) => name !== 'invalid'))(
    '%s is infrastructure, whatever its text',
    (_name, code) => {
      expect(classifyCassandraError(response(code, 'Key may not be empty'))).toBe('infrastructure');
    },
  );

  test.each([
    'Key may not be empty',
    'Key length of 70000 is longer than maximum of 65535',
    'Invalid null value in condition for column userid',
    'Invalid unset value for column userid',
    'Invalid byte for ascii: -23',
    'Rejected an oversized mutation (9437240/8388608) for keyspace: k. Top keys are: t.k',
    'Encountered an oversized mutation (9437240/8388608) for keyspace: k.',
    'Request is too big: length 41943098 exceeds maximum allowed length 16777216.',
    'Batch too large',
    'Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807]',
    'Map value is too long. Map values are limited to 65535 bytes but 70000 bytes value provided',
    'Guardrail column_value_size violated: Value of column c has size 2MiB',
    'Guardrail items_per_collection violated: too many',
  ])('invalid because of a value is the event’s: %s', (text) => {
    expect(classifyCassandraError(response(responseErrorCodes['invalid']!, text))).toBe('event');
  });

  test.each([
    'Undefined column name nope in table k.t',
    'Unknown identifier completedon',
    'unconfigured table user_enrolments',
    'table t2 does not exist',
    'keyspace nope does not exist',
    'Cannot execute this query as it might involve data filtering',
    'there were 1 markers(?) in CQL but 0 bound variables',
    'Invalid amount of bind variables',
    'EACH_QUORUM ConsistencyLevel is only supported for writes',
    'Expected 4 or 0 byte int (8)',
    'Guardrail write_consistency_levels violated: LOCAL_ONE is not allowed',
    'Guardrail maximum_timestamp violated: the clock of this host is wrong',
    'Guardrail replica_disk_usage violated: disk is full',
    'something that no version of Cassandra says yet',
  ])('invalid because of schema or set-up is infrastructure: %s', (text) => {
    expect(classifyCassandraError(response(responseErrorCodes['invalid']!, text))).toBe('infrastructure');
  });
});

describe('an error of the driver', () => {
  test.each([
    new errors['NoHostAvailableError']!({ '1.2.3.4:9042': new TypeError('Expected Number, obtained 1') }),
    new errors['OperationTimedOutError']!('no answer within 6000 ms', '1.2.3.4:9042'),
    new errors['BusyConnectionError']!('1.2.3.4:9042', 2048, 1),
    new errors['AuthenticationError']!('refused'),
    new errors['ArgumentError']!('Queries array should not be empty'),
    new errors['DriverInternalError']!('bug'),
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', isSocketError: true }),
  ])('$name is infrastructure', (error) => {
    expect(classifyCassandraError(error)).toBe('infrastructure');
  });

  test.each([
    new TypeError("Expected Number, obtained 'x'"),
    new TypeError('Not a valid text value, expected String obtained 5'),
    new TypeError("A map can't contain null or unset values"),
    new TypeError('Invalid date: Invalid Date'),
    new RangeError(
      'The value of "value" is out of range. It must be >= -2147483648 and <= 2147483647. Received 2147483648',
    ),
    new RangeError('The number 1.5 cannot be converted to a BigInt because it is not an integer'),
    new SyntaxError('Cannot convert x to a BigInt'),
  ])('the encoder refusing a value is the event’s: $message', (error) => {
    expect(classifyCassandraError(error)).toBe('event');
  });

  test('any other text out of the encoder is the event’s by its stack', () => {
    const error = new TypeError('value.hasOwnProperty is not a function');
    error.stack = `TypeError: ${error.message}\n    at Encoder.encodeMap (/app/bundle.js:1:2)`;
    expect(classifyCassandraError(error)).toBe('event');
    error.stack = `TypeError: ${error.message}\n    at addItem (/app/node_modules/cassandra-driver/lib/encoder.js:1:2)`;
    expect(classifyCassandraError(error)).toBe('event');
  });

  test('a TypeError from the connection handling is infrastructure', () => {
    const error = new TypeError("Cannot read properties of undefined (reading 'pool')");
    error.stack = `TypeError: ${error.message}\n    at ControlConnection._refresh (/app/node_modules/cassandra-driver/lib/control-connection.js:1:2)`;
    expect(classifyCassandraError(error)).toBe('infrastructure');
  });
});

test('an own error is what it says, anything else infrastructure', () => {
  expect(classifyCassandraError(new CassandraQueryError('event', 'SELECT', new Error('x')))).toBe('event');
  expect(classifyCassandraError(new CassandraQueryError('infrastructure', 'SELECT', new Error('x')))).toBe(
    'infrastructure',
  );
  expect(classifyCassandraError(new CassandraValueError('parameter 1', 'is bad'))).toBe('event');
  expect(classifyCassandraError(new CassandraClosedError('closed'))).toBe('infrastructure');
  expect(classifyCassandraError(new SetupError('ERR_X', 'x'))).toBe('infrastructure');
  expect(classifyCassandraError(new RangeError('out of memory'))).toBe('infrastructure');
  for (const odd of [undefined, null, 'text', 7, {}]) expect(classifyCassandraError(odd)).toBe('infrastructure');
});
