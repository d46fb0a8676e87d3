import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointOf } from '../../../src/config/endpoint.js';

describe('endpointOf', () => {
  it.each([
    [
      'examplecluster.abc123xyz789.us-west-2.redshift.amazonaws.com',
      { kind: 'provisioned', cluster: 'examplecluster', region: 'us-west-2' },
    ],
    ['C.x.cn-north-1.redshift.amazonaws.com.cn', { kind: 'provisioned', cluster: 'c', region: 'cn-north-1' }],
    [
      'c.x.us-gov-west-1.redshift-dev.amazonaws.com.',
      { kind: 'provisioned', cluster: 'c', region: 'us-gov-west-1' },
    ],
    [
      'wg.123456789012.eu-central-1.redshift-serverless.amazonaws.com',
      { kind: 'serverless', workgroup: 'wg', account: '123456789012', region: 'eu-central-1' },
    ],
    [
      'wg.123456789012.us-east-1.redshift-serverless-dev.amazonaws.com',
      { kind: 'serverless', workgroup: 'wg', account: '123456789012', region: 'us-east-1' },
    ],
    [
      '123456789012.us-east-1.redshift-serverless.amazonaws.com',
      { kind: 'serverless', account: '123456789012', region: 'us-east-1' },
    ],
    [
      'name.hash0.123456789012.us-east-1.redshift-serverless.amazonaws.com',
      { kind: 'serverless', workgroup: 'name', account: '123456789012', region: 'us-east-1' },
    ],
  ])('%s', (host, expected) => {
    expect(endpointOf(host)).toEqual(expected);
  });

  it.each([
    ['us-gov-east-1', 'amazonaws.com'],
    ['cn-northwest-1', 'amazonaws.com.cn'],
    ['eusc-de-east-1', 'amazonaws.eu'],
    ['us-iso-east-1', 'c2s.ic.gov'],
    ['us-isob-east-1', 'sc2s.sgov.gov'],
    ['eu-isoe-west-1', 'cloud.adc-e.uk'],
    ['us-isof-south-1', 'csp.hci.ic.gov'],
    ['ap-southeast-7', 'amazonaws.com'],
  ])('knows %s of its partition', (region, domain) => {
    expect(endpointOf(`c.x.${region}.redshift.${domain}`)).toMatchObject({ cluster: 'c', region });
    expect(endpointOf(`w.1.${region}.redshift-serverless.${domain}`)).toMatchObject({
      workgroup: 'w',
      account: '1',
      region,
    });
    expect(endpointOf(`c.x.${region}.redshift.${domain}.evil.example`)).toEqual({ kind: 'custom' });
  });

  it.each([
    '',
    'localhost',
    '10.0.0.1',
    'warehouse.example.com',
    'c.x.us-east-1.redshift.amazonaws.com.evil.example',
    'c.x.us-east-1.redshift.amazonaws.com.cn.evil',
    'c.x.us-east-1.redshiftXamazonaws.com',
    'c.x.us-east-1Xredshift.amazonaws.com',
    'evil.example/c.x.us-east-1.redshift.amazonaws.com',
    'c.x.n.redshift.amazonaws.com',
    'c.x.us-east-1.redshift.amazonaws.com..',
  ])('%s is custom', (host) => {
    expect(endpointOf(host)).toEqual({ kind: 'custom' });
  });

  it('answers any text, and soon', () => {
    fc.assert(fc.property(fc.string(), (host) => endpointOf(host).kind === 'custom'));
    const start = performance.now();
    for (const piece of ['a', 'a-', 'a.', '1', '-', 'us-east-']) endpointOf(piece.repeat(100_000));
    for (const piece of ['a', 'a-', 'a.', '1', '-', 'us-east-']) endpointOf(piece.repeat(254).slice(0, 253));
    expect(performance.now() - start).toBeLessThan(500);
  });
});
