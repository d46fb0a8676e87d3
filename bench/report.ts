/** Medians of a case as a table, each figure also as a multiple of the cheapest way there is: walking the headers. */
import { median, type Measurement } from './measure.js';

export function report(
  title: string,
  unit: string,
  made: ReadonlyMap<string, readonly Measurement[]>,
): string {
  const lines = [...made].map(([client, all]) => ({
    client,
    wall: median(all.map(({ wallMs, count }) => (wallMs * 1000) / count)),
    cpu: median(all.map(({ cpuMs, count }) => (cpuMs * 1000) / count)),
    peak: median(all.map(({ peakMb }) => peakMb)),
    half: all[0]?.each === undefined ? undefined : median(all.map(({ each }) => median(each ?? []) * 1000)),
  }));
  const timed = lines.some(({ half }) => half !== undefined);
  const floor = (lines.find(({ client }) => client.includes('walk')) ?? lines[0])!.wall;
  const best = lines
    .filter(({ client }) => client.startsWith('redshift'))
    .sort((a, b) => a.wall - b.wall)[0]?.wall;
  return [
    `\n### ${title}\n`,
    `| client | µs a ${unit} | × floor | × ours | CPU µs | peak MB |${timed ? ' p50 µs |' : ''}`,
    `| --- | ---: | ---: | ---: | ---: | ---: |${timed ? ' ---: |' : ''}`,
    ...lines.map(
      ({ client, wall, cpu, peak, half }) =>
        `| ${client} | ${wall.toFixed(3)} | ${(wall / floor).toFixed(1)} | ${best === undefined ? '' : (wall / best).toFixed(2)} | ${cpu.toFixed(3)} | ${peak.toFixed(0)} |${half === undefined ? '' : ` ${half.toFixed(1)} |`}`,
    ),
  ].join('\n');
}
