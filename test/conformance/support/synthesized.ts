/** Every template of an app with these parameters, as `cdk deploy` would send them. */
import { synth } from '../../support/cdk/synth.ts';

export interface SynthesizedStack {
  readonly name: string;
  readonly template: unknown;
  /** The file in the cloud assembly. */
  readonly path: string;
}

/** @param context values of cdk.json in place of its own: `{ 'kinetrack:streamMode': 'provisioned' }` */
export function synthesized(context: Readonly<Record<string, unknown>>): readonly SynthesizedStack[] {
  return synth({ context })
    .app.synth()
    .stacks.map(({ stackName, template, templateFullPath }) => ({
      name: stackName,
      template,
      path: templateFullPath,
    }));
}
