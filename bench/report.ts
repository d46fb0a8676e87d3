/** A case as a Markdown table: medians, and each client as a multiple of the floor and of this driver. */
import { figuresOf, type CaseResult } from './results.js';

export function reportCase(result: CaseResult): string {
  const { group, title, unit, made } = result;
  const lines = Object.keys(made).map((client) => ({ client, ...figuresOf(result, client)! }));
  const timed = lines.some(({ half }) => half !== undefined);
  const floor = lines.find(({ client }) => client.includes('walk'))?.wall;
  // Of several ways of ours the one that the peers' stands beside: objects, and the quickest where that says nothing.
  const own = lines.filter(({ client }) => client.startsWith('redshift-connector'));
  const beside = own.find(({ client }) => client.endsWith('objects')) ?? own[0];
  const times = (wall: number, of: number | undefined): string =>
    of === undefined ? '' : (wall / of).toFixed(2);
  const table = [
    ['client', `µs a ${unit}`, ...(floor === undefined ? [] : ['× floor']), '× ours', 'CPU µs', 'peak MB'],
    ...lines.map(({ client, wall, cpu, peak }) => [
      client,
      wall.toFixed(3),
      ...(floor === undefined ? [] : [times(wall, floor)]),
      times(wall, beside?.wall),
      cpu > 0 ? cpu.toFixed(3) : '',
      peak > 0 ? peak.toFixed(0) : '',
    ]),
  ];
  if (timed) {
    table[0]!.push('p50 µs');
    lines.forEach(({ half }, at) => table[at + 1]!.push(half?.toFixed(1) ?? ''));
  }
  return `\n### ${group}: ${title}\n\n${markdown(table)}`;
}

/** The first row is the head; columns but the first are numbers. */
export function markdown([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head!), line(head!.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
