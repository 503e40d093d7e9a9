// What the workflow says beside its steps; folded, since most say nothing.
import { Folded } from '@/components/Folded';
import type { Draft } from '../model/draft';
import type { Fields } from '../model/fields';
import { fieldIds } from '../model/issues';
import { noSettings, settingSpecs, settingsMade } from '../model/settings';
import { settingWords as words } from '../setting-strings';
import { OneField } from './OneField';

type SettingsProps = {
  draft: Draft;
  errors: ReadonlyMap<string, string>;
  onSettings: (changed: Fields, typed?: string) => void;
};

export default function Settings({ draft, errors, onSettings }: SettingsProps) {
  const settings = draft.settings ?? noSettings;
  const specs = settingSpecs(settings);
  const wrong = specs.some(({ name }) => errors.has(fieldIds.setting(name)));
  return (
    <Folded
      opened={wrong}
      className="border-t border-line-1 pt-2"
      summary={
        <>
          <h2 className="t-16 inline">{words.heading}</h2>{' '}
          <span className="t-12 text-text-2">{words.made(settingsMade(settings))}</span>
        </>
      }
    >
      <div className="flex max-w-160 flex-col gap-4 pt-2 pb-4">
        {specs.map((spec) => (
          <OneField
            key={spec.name}
            draft={draft}
            step={null}
            spec={spec}
            id={fieldIds.setting(spec.name)}
            value={settings[spec.name] ?? ''}
            errors={errors}
            onFields={onSettings}
          />
        ))}
      </div>
    </Folded>
  );
}
