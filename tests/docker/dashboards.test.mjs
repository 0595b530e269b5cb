// The generated dashboards, and that the checks which pass them would refuse a wrong one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { dashboardChecker } from './schema.mjs';

const source = process.env.PW_SOURCE_DIR;
const folder = path.join(source, 'docker/grafana/dashboards');
const boards = fs.readdirSync(folder).map((name) => ({
  name, board: JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')),
}));
const check = dashboardChecker(process.cwd());

test('there are five dashboards, each as its generator makes it', () => {
  assert.equal(boards.length, 5);
  execFileSync('python3', ['-B', path.join(source, 'docker/grafana/generate.py'), '--check']);
});

for (const { name, board } of boards) {
  test(`${name} is a dashboard by Grafana's own types`, () => assert.deepEqual(check(board), []));

  test(`${name} lies on the grid without overlap, and every panel says what it shows`, () => {
    const taken = new Set();
    const ids = new Set();
    for (const panel of board.panels) {
      const { x, y, w, h } = panel.gridPos;
      assert.ok(x + w <= 24, panel.title);
      for (let column = x; column < x + w; column++)
        for (let row = y; row < y + h; row++) {
          assert.ok(!taken.has(`${column},${row}`), `${panel.title} overlaps`);
          taken.add(`${column},${row}`);
        }
      assert.ok(!ids.has(panel.id));
      ids.add(panel.id);
      assert.match(panel.title, /\p{Script=Han}/u);
      assert.match(panel.description, /[A-Za-z]{4}.*\./);
      assert.ok(panel.fieldConfig.defaults.noValue, 'a missing value is said, never 0');
    }
  });

  test(`${name} asks only the data source that is provisioned`, () => {
    const uids = JSON.stringify(board).match(/"datasource":\{[^}]*\}/g);
    for (const text of uids)
      assert.equal(JSON.parse(`{${text}}`).datasource.uid, 'plumewatch');
    assert.ok(!JSON.stringify(board).includes('${DS_'));
  });

  test(`${name} does not stretch a state over silence`, () => {
    for (const panel of board.panels.filter((p) => p.type === 'state-timeline')) {
      const custom = panel.fieldConfig.defaults.custom;
      assert.ok(custom.insertNulls > 60000 && custom.insertNulls <= 180000, panel.title);
      assert.ok(panel.fieldConfig.defaults.mappings.some((m) => m.options.match === 'null+nan'));
    }
  });
}

test('uids are short and different', () => {
  const uids = boards.map(({ board }) => board.uid);
  assert.equal(new Set(uids).size, uids.length);
  for (const uid of uids)
    assert.ok(uid.length <= 40);
});

const wrong = {
  'a misspelt option': (b) => { b.panels.find((p) => p.type === 'stat').options.graphmode = 'area'; },
  'an unknown draw style': (b) => {
    b.panels.find((p) => p.type === 'timeseries').fieldConfig.defaults.custom.drawStyle = 'lines';
  },
  'an unknown mapping': (b) => {
    b.panels.find((p) => p.type === 'state-timeline').fieldConfig.defaults.mappings[0].type = 'values';
  },
  'a stray key': (b) => { b.panels[0].gridpos = {}; },
  'a target without a query': (b) => { delete b.panels[0].targets[0].query; },
};
for (const [what, spoil] of Object.entries(wrong))
  test(`${what} is refused`, () => {
    const board = structuredClone(boards.find(({ name }) => name === 'overview.json').board);
    spoil(board);
    assert.notDeepEqual(check(board), []);
  });
