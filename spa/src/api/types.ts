// Names for the shapes of the contract. Nothing is described here: everything comes from the generated schema.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Session = Schemas['Session'];
export type SignIn = Schemas['SignIn'];
export type SignUp = Schemas['SignUp'];
export type PasswordReset = Schemas['PasswordReset'];
export type Workspace = Schemas['WorkspaceOfPerson'];
export type Role = Schemas['Role'];
export type WorkspaceSettings = Schemas['Workspace'];
export type WorkspaceCreate = Schemas['WorkspaceCreate'];
export type WorkspaceUpdate = Schemas['WorkspaceUpdate'];
export type Member = Schemas['Member'];
export type Invitation = Schemas['Invitation'];
export type InvitationCreate = Schemas['InvitationCreate'];
export type Variable = Schemas['Variable'];
export type Secret = Schemas['Secret'];
export type Limit = Schemas['Limit'];
export type LimitUnit = Schemas['LimitUnit'];
export type LimitSet = Schemas['LimitSet'];
export type AuditEntry = Schemas['AuditEntry'];
export type Person = Schemas['Person'];
export type Visibility = Schemas['Visibility'];
export type Prompt = Schemas['Prompt'];
export type PromptCreate = Schemas['PromptCreate'];
export type WorkflowFacts = Schemas['WorkflowFacts'];
export type Workflow = Schemas['Workflow'];
export type WorkflowCreate = Schemas['WorkflowCreate'];
export type WorkflowDefinition = Schemas['WorkflowDefinition'];
export type StepDefinition = Schemas['StepDefinition'];
export type RunMark = Schemas['RunMark'];
export type RunFacts = Schemas['RunFacts'];
export type Run = Schemas['Run'];
export type Checkpoint = Schemas['CheckpointMark'];
export type RunRetry = Schemas['RunRetry'];
export type RunFork = Schemas['RunFork'];
export type RunStep = Schemas['RunStep'];
export type StepRun = Schemas['StepRun'];
export type RunError = Schemas['RunError'];
export type RunEvent = Schemas['Event'];
export type RunStatus = Schemas['RunStatus'];
export type StepRunStatus = Schemas['StepRunStatus'];
/** Any status that has an icon and a word. */
export type Status = RunStatus | StepRunStatus;
export type ProblemBody = Schemas['Problem'];
export type ProblemPlace = NonNullable<ProblemBody['errors']>[number];
