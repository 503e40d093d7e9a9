// Why signing in by a provider did not work. Loaded when the address says that it did not.
import { PROVIDER_PROBLEMS } from '../provider-strings';
import { Refused } from './Outside';

export default function ProviderProblem({ problem, id }: { problem: string; id: string }) {
  return <Refused id={id} text={PROVIDER_PROBLEMS[problem] ?? PROVIDER_PROBLEMS.error} />;
}
