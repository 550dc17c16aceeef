import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPublicAddress } from '#egress/address-guard.ts';
import { words } from './words.ts';

const publicAddress = '93.184.215.14';

describe('Which addresses are public', () => {
  const special = words(`
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9
    224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::ffff:127.0.0.1
    ::ffff:93.184.215.14 ::ffff:7f00:1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1
    2001:db8::1 2002:7f00:1:: 3fff::1 fc00::1 fd00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1
    2606:2800::1%eth0 2130706433 0x7f.1 127.1 017700000001 localhost`);
  for (const address of [...special, '', ` ${publicAddress}`])
    test(`"${address}" is not.`, () => assert.equal(isPublicAddress(address), false));
  for (const address of [
    publicAddress,
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '2606:2800:220:1::1',
    '2a00:1450::1',
  ])
    test(`"${address}" is.`, () => assert.equal(isPublicAddress(address), true));
});
