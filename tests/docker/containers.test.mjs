// The Dockerfile and the compose files, by their schemas and by what they must hold.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { validate } from 'dockerfile-utils';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const docker = path.join(process.env.PW_SOURCE_DIR, 'docker');
const dockerfile = fs.readFileSync(path.join(docker, 'Dockerfile'), 'utf8');
const SETS = [[], ['compose.influx2.yaml'], ['compose.serial.yaml']];
const VARIABLES = { PLUMEWATCH_SECRETS: '/secrets', SERIAL_DEVICE: '/dev/ttyUSB0', SERIAL_GROUP: '20' };

function run(command, args, variables) {
  const made = spawnSync(command, args, { encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables } });
  return { status: made.status, said: `${made.stdout}${made.stderr}` };
}

const files = (set) => ['compose.yaml', ...set]
  .flatMap((name) => ['-f', path.join(docker, name)]);
const config = (set, variables) => run('docker-compose', [...files(set), 'config', '-q'], variables);

test('the Dockerfile is one by its grammar, and a wrong one is refused', () => {
  assert.deepEqual(validate(dockerfile), []);
  assert.notDeepEqual(validate(dockerfile.replace('WORKDIR', 'WORKDIRECTORY')), []);
});

test('the image runs as a number, judges its own health, and names its bases', () => {
  assert.match(dockerfile, /^USER \d+:\d+$/m);
  assert.match(dockerfile, /^HEALTHCHECK .*CMD \["\/usr\/local\/bin\/plumewatch", "health"\]$/m);
  assert.ok(!/latest/.test(dockerfile));
  for (const line of dockerfile.match(/^FROM .*$/gm))
    assert.match(line, /:\S/);
});

test('compose files are what the compose schema allows, and a misspelt key is refused', () => {
  const lint = (file) => run('npx', ['dclint', '-q', file]);
  for (const name of ['compose.yaml', 'compose.influx2.yaml', 'compose.serial.yaml'])
    assert.equal(lint(path.join(docker, name)).status, 0, name);
  const text = fs.readFileSync(path.join(docker, 'compose.yaml'), 'utf8');
  fs.writeFileSync('compose.wrong.yaml', text.replaceAll('read_only:', 'readonly:'));
  assert.notEqual(lint('compose.wrong.yaml').status, 0);
});

test('every set of compose files is read by docker-compose', () => {
  for (const set of SETS) {
    const { status, said } = config(set, VARIABLES);
    assert.equal(status, 0, said);
  }
});

test('a missing variable stops compose with its name', () => {
  for (const [name, set] of [['PLUMEWATCH_SECRETS', []], ['SERIAL_DEVICE', ['compose.serial.yaml']],
    ['SERIAL_GROUP', ['compose.serial.yaml']]]) {
    const variables = { ...VARIABLES };
    delete variables[name];
    const { status, said } = config(set, variables);
    assert.notEqual(status, 0);
    assert.match(said, new RegExp(name));
  }
});

test('whatever compose mounts is there', () => {
  for (const name of ['compose.yaml', 'compose.influx2.yaml'])
    for (const [, file] of fs.readFileSync(path.join(docker, name), 'utf8').matchAll(/- \.\/(\S+?):/g))
      assert.ok(fs.existsSync(path.join(docker, file)), file);
});

test('yaml is tidy', () => {
  const rules = '{extends: relaxed, rules: {line-length: {max: 120}}}';
  const { status, said } = run('yamllint', ['--strict', '-d', rules, docker]);
  assert.equal(status, 0, said);
});
