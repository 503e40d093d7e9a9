// A workflow may use no prompt that fewer people see than itself: such prompts are named, and shared with it when one says so. Pure.
import type { Problem } from '@/api/problem';

/** The prompts that sharing or saving would have to share; none: it was refused for something else. */
export const privatePrompts = (problem: Pick<Problem, 'status' | 'errors'>): readonly string[] =>
  problem.status === 409
    ? problem.errors.filter((place) => place.code === 'private_prompt').map((place) => place.message)
    : [];
