// One thing that has an address (a prompt, a workflow, a project), as long as it is not there: being read, not read, or not to be had.
import { Link } from '@tanstack/react-router';
import { isNotThere } from '@/api/problem';
import { buttonClass } from './Button';
import { NotThere } from './ErrorState';
import { NotLoaded, type NotLoadedProps } from './NotLoaded';
import { PageHeader, type PathPart } from './PageHeader';

export type ThingNotYetProps = NotLoadedProps & {
  /** The list it is in: in the path, and where to go from here. */
  list: PathPart;
  title: string;
};

export function ThingNotYet({ list, title, ...rest }: ThingNotYetProps) {
  if (isNotThere(rest.query.error)) {
    const { label, ...link } = list;
    return (
      <NotThere
        back={
          <Link {...link} className={buttonClass()}>
            Go to {label.toLowerCase()}
          </Link>
        }
      />
    );
  }
  return (
    <>
      <PageHeader path={[list]} title={title} />
      <NotLoaded {...rest} />
    </>
  );
}
