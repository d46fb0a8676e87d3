/** The recipe for OpenTelemetry in docs/observability.md, as it stands there, against the local Redshift. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocal, type LocalServer } from './local/harness.js';

const exporter = new InMemorySpanExporter();
// Inside of the project, so that the packages are found that an application would have.
const folder = mkdtempSync(join(process.cwd(), 'test', 'recipe-'));
let local: LocalServer;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  const docs = readFileSync('docs/observability.md', 'utf8');
  const [, recipe] = /<!-- run: opentelemetry -->\s+```js\n(.*?)```/s.exec(docs) ?? [];
  const file = join(folder, 'recipe.mjs');
  writeFileSync(file, recipe!);
  await import(pathToFileURL(file).href);
  local = await startLocal();
});

afterAll(async () => {
  await local.stop();
  trace.disable();
  context.disable();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  exporter.reset();
});

const parentOf = (span: ReadableSpan, spans: readonly ReadableSpan[]): string | undefined =>
  spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)?.name;

describe('the OpenTelemetry recipe', () => {
  it('makes a span of every statement, a child of what the application is doing', async () => {
    const { host, port } = local.redshift;
    const tracer = trace.getTracer('application');
    await tracer.startActiveSpan('work', async (work) => {
      const conn = await local.connect();
      await conn.query('select %s::int as n', [7]);
      await conn.cursor().executeMany('select %s', [[1], [2], [3]]);
      await conn.query('select 1');
      expect(trace.getActiveSpan()).toBe(work);
      await conn.rollback();
      await conn.close();
      work.end();
    });
    const spans = exporter.getFinishedSpans();
    expect(spans.map((span) => [span.name, parentOf(span, spans)])).toEqual([
      ['CONNECT dev', 'work'],
      ['BEGIN dev', 'SELECT dev'],
      ['SELECT dev', 'work'],
      ['BATCH SELECT dev', 'work'],
      ['SELECT dev', 'work'],
      ['ROLLBACK dev', 'work'],
      ['work', undefined],
    ]);
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    const [, , select, batch, plain] = spans;
    expect(select!.kind).toBe(SpanKind.CLIENT);
    expect(select!.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(select!.attributes).toEqual({
      'db.system.name': 'aws.redshift',
      'db.namespace': 'dev',
      'db.operation.name': 'SELECT',
      'db.query.text': 'select %s::int as n',
      'db.response.returned_rows': 1,
      'server.address': host,
      'server.port': port,
    });
    expect(batch!.attributes).toMatchObject({
      'db.operation.name': 'BATCH SELECT',
      'db.operation.batch.size': 3,
    });
    expect(plain!.attributes).not.toHaveProperty('db.query.text');
  });

  it('tells of failures of the server and of the driver', async () => {
    const conn = await local.connect({ autocommit: true });
    exporter.reset();
    await conn.query('select 1 / %s', [0]).catch(() => undefined);
    await conn.query('select %s', ['x'], { signal: AbortSignal.abort() }).catch(() => undefined);
    await conn.close();
    await local.connect({ password: 'Wrong123' }).catch(() => undefined);
    const [server, driver, login] = exporter.getFinishedSpans();
    expect(server!.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: expect.stringMatching(/division by zero/i),
    });
    expect(server!.attributes).toMatchObject({ 'error.type': '22012', 'db.response.status_code': '22012' });
    expect(driver!.attributes).toMatchObject({ 'error.type': 'ERR_RS_CANCELLED' });
    expect(driver!.attributes).not.toHaveProperty('db.response.status_code');
    expect(login).toMatchObject({ name: 'CONNECT dev', status: { code: SpanStatusCode.ERROR } });
    expect(login!.attributes).toMatchObject({ 'db.operation.name': 'CONNECT', 'error.type': '28000' });
  });
});
