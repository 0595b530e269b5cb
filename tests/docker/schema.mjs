// Grafana's own types of dashboards and panels (its foundation SDK) as JSON schemas that allow no
// other key. Types are the only machine-readable form that it publishes as a package.
import Ajv from 'ajv';
import fs from 'node:fs';
import path from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

const PANELS = {
  'state-timeline': 'statetimeline', stat: 'stat', table: 'table', timeseries: 'timeseries',
};

// The SDK leaves a query's type open (an interface that each data source fills) and panels are ours
// alone: what a target of InfluxDB may hold, and no collapsed row in place of a panel.
function KNOWN_BETTER(definitions) {
  const text = { type: 'string', minLength: 1 };
  const known = {
    Dataquery: {
      type: 'object', additionalProperties: false,
      required: ['refId', 'query', 'rawQuery', 'datasource'],
      properties: { refId: text, query: text, alias: text, textColumn: text, tagsColumn: text,
        rawQuery: { const: true }, fromAnnotations: { const: true }, datasource: { type: 'object' },
        resultFormat: { enum: ['time_series', 'table', 'logs'] } },
    },
    RowPanel: { not: {} },
  };
  return Object.fromEntries(Object.entries(known).filter(([name]) => name in definitions));
}

function schemaOf(work, module, type) {
  const source = path.join(work, `types-${module}-${type}.ts`);
  fs.writeFileSync(source, `export type { ${type} } from '@grafana/grafana-foundation-sdk/${module}';\n`);
  const tsconfig = path.join(work, 'types.tsconfig.json');
  fs.writeFileSync(tsconfig, JSON.stringify({
    compilerOptions: { module: 'nodenext', moduleResolution: 'nodenext', target: 'es2022', strict: true,
      skipLibCheck: true, types: [] },
    files: [source],
  }));
  const schema = createGenerator({ path: source, tsconfig, type, skipTypeCheck: true }).createSchema(type);
  Object.assign(schema.definitions, KNOWN_BETTER(schema.definitions));
  return schema;
}

function validator(work, module, type) {
  return new Ajv({ allErrors: true, strict: false }).compile(schemaOf(work, module, type));
}

const shown = (validate) => validate.errors
  .map((e) => `${e.instancePath || '/'}: ${e.message} ${JSON.stringify(e.params)}`);

// Returns a function from a dashboard to a list of complaints.
export function dashboardChecker(work) {
  const dashboard = validator(work, 'dashboard', 'Dashboard');
  const panels = Object.fromEntries(Object.entries(PANELS).map(([type, module]) => [type, {
    options: validator(work, module, 'Options'),
    custom: type === 'stat' ? null : validator(work, module, 'FieldConfig'),
  }]));
  return (board) => {
    const complaints = dashboard(board) ? [] : shown(dashboard);
    for (const panel of board.panels) {
      const at = `panel ${panel.id} (${panel.title})`;
      const rules = panels[panel.type];
      if (!rules) {
        complaints.push(`${at}: no schema for type ${panel.type}`);
        continue;
      }
      if (!rules.options(panel.options))
        complaints.push(...shown(rules.options).map((text) => `${at} options${text}`));
      const custom = panel.fieldConfig.defaults.custom ?? {};
      if (rules.custom && !rules.custom(custom))
        complaints.push(...shown(rules.custom).map((text) => `${at} custom${text}`));
    }
    return complaints;
  };
}
