import { describe, expect, it } from 'vitest';
import * as errors from '../../src/errors.js';
import { serverError, serverFields } from '../../src/errors.js';

const response = (fields: Record<string, string>): Map<string, string> => new Map(Object.entries(fields));

describe('serverError', () => {
  it.each([
    ['0A000', 'NotSupportedError'],
    ['22012', 'DataError'],
    ['23505', 'IntegrityError'],
    ['25P02', 'InternalError'],
    ['26000', 'OperationalError'],
    ['28000', 'OperationalError'],
    ['3D000', 'ProgrammingError'],
    ['40001', 'OperationalError'],
    ['42601', 'ProgrammingError'],
    ['53300', 'OperationalError'],
    ['57014', 'OperationalError'],
    ['XX000', 'InternalError'],
    ['01000', 'Warning'],
    ['ZZ999', 'DatabaseError'],
    ['__pro', 'DatabaseError'],
    ['', 'DatabaseError'],
  ])('of %s is a %s', (sqlState, name) => {
    const error = serverError(response({ S: 'ERROR', C: sqlState, M: 'text' }));
    expect(error.name).toBe(name);
    if (sqlState !== '') expect([error.code, error.sqlState]).toEqual([sqlState, sqlState]);
  });

  it('of class 28 during the login is an AuthenticationError', () => {
    const error = serverError(response({ C: '28000', M: 'no' }), { duringLogin: true });
    expect(error).toBeInstanceOf(errors.AuthenticationError);
    expect(error.sqlState).toBe('28000');
  });

  it('carries every field the server sent, unknown ones too', () => {
    const error = serverError(
      response({
        S: 'FEHLER',
        V: 'ERROR',
        C: '23505',
        M: 'm',
        D: 'd',
        H: 'h',
        P: '7',
        p: '8',
        q: 'iq',
        W: 'w',
        s: 'sc',
        t: 'ta',
        c: 'co',
        d: 'dt',
        n: 'cn',
        F: 'f',
        L: '12',
        R: 'r',
        x: 'new',
      }),
    );
    expect(error).toMatchObject({
      severity: 'ERROR',
      message: 'm',
      detail: 'd',
      hint: 'h',
      position: 7,
      internalPosition: 8,
      internalQuery: 'iq',
      where: 'w',
      schema: 'sc',
      table: 'ta',
      column: 'co',
      dataType: 'dt',
      constraint: 'cn',
      file: 'f',
      line: '12',
      routine: 'r',
      otherFields: { x: 'new' },
    });
  });

  it('reads the box that Redshift draws, wherever it stands', () => {
    const box = [
      '',
      '  -----------------------------------------------',
      '  error:  Invalid type: 705',
      '  code:      1004',
      '  context:   one line',
      '             and another',
      '  query:     123456',
      '  location:  cg_expr.cpp:12',
      '  process:   padbmaster [pid=4711]',
      '  -----------------------------------------------',
      '',
    ].join('\n');
    for (const fields of [{ M: 'Assert', D: box }, { M: box }]) {
      const error = serverError(response({ C: 'XX000', ...fields }));
      expect(error).toMatchObject({
        redshiftCode: 1004,
        queryId: '123456',
        box: {
          error: 'Invalid type: 705',
          context: 'one line and another',
          process: 'padbmaster [pid=4711]',
        },
      });
    }
    expect(serverFields(response({ M: 'code: no box' })).box).toBeUndefined();
  });

  it('tells serializable conflicts as retryable, and boxed time-outs as operational', () => {
    const of = (fields: Record<string, string>): errors.RedshiftError =>
      serverError(response({ C: 'XX000', ...fields }));
    expect(of({ M: '1023', D: 'Serializable isolation violation on table' })).toMatchObject({
      name: 'OperationalError',
      retryable: true,
    });
    expect(of({ M: 'could not complete because of conflict with concurrent transaction' })).toMatchObject({
      name: 'OperationalError',
      retryable: true,
    });
    expect(of({ M: 'x', D: 'error: timeout expired\ncode: 25300\n' })).toMatchObject({
      name: 'OperationalError',
      retryable: false,
    });
    expect(serverError(response({ C: '40P01', M: '' })).retryable).toBe(true);
    expect(serverError(response({ C: '25P02', M: 'aborted' })).message).toMatch(/call rollback\(\)/);
  });

  it('stands without any field at all', () => {
    expect(serverError(new Map())).toMatchObject({
      name: 'DatabaseError',
      message: expect.stringMatching(/without a text/),
    });
  });
});

describe('errors of our own', () => {
  it('have a stable code, a name, and their place in the tree', () => {
    expect(new errors.ArgumentError('x')).toMatchObject({
      code: 'ERR_RS_ARGUMENT',
      name: 'ArgumentError',
      retryable: false,
    });
    expect(new errors.ConnectionLostError('x', { sent: false })).toMatchObject({
      code: 'ERR_RS_CONNECTION_LOST',
      retryable: true,
      sent: false,
    });
    expect(new errors.CancelledError('x', { cause: 'why' })).toMatchObject({
      name: 'AbortError',
      code: 'ERR_RS_CANCELLED',
      cause: 'why',
    });
    expect(new errors.TimeoutError('x', { phase: 'query' })).toMatchObject({ phase: 'query' });
    expect(new errors.ProtocolError('x')).toBeInstanceOf(errors.InterfaceError);
    expect(new errors.ConnectError('x')).toBeInstanceOf(errors.OperationalError);
    expect(Object.keys(new errors.DataError('x'))).toEqual(['code', 'retryable']);
  });
});

describe('AuthenticationError', () => {
  it('tells plugin, stage and what to do, as fields and in its text', () => {
    const cause = new Error('AADSTS50076');
    const error = new errors.AuthenticationError('Azure refused the login', {
      plugin: 'AzureCredentialsProvider',
      stage: 'identity provider',
      hint: 'this user needs a second factor: use BrowserAzureCredentialsProvider',
      cause,
    });
    expect(error).toMatchObject({
      name: 'AuthenticationError',
      code: 'ERR_RS_AUTHENTICATION',
      plugin: 'AzureCredentialsProvider',
      stage: 'identity provider',
      hint: 'this user needs a second factor: use BrowserAzureCredentialsProvider',
      cause,
    });
    expect(error.message).toBe(
      'Azure refused the login (this user needs a second factor: use BrowserAzureCredentialsProvider)',
    );
  });

  it('has none of these fields where they mean nothing', () => {
    expect(Object.keys(new errors.AuthenticationError('The login was refused')).sort()).toEqual([
      'code',
      'retryable',
    ]);
  });
});
