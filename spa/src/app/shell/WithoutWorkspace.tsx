// The account of somebody who belongs to no workspace: its page, under the mark.
import { Link, Outlet } from '@tanstack/react-router';
import { Mark } from '@/components/Mark';
import { PHONE_ACTION_ID } from '@/components/PageHeader';

export default function WithoutWorkspace() {
  return (
    <div className="flex h-dvh flex-col bg-bg-1">
      <header className="flex h-10 shrink-0 items-center border-b border-line-2 bg-bg-0 px-(--gutter) pointer-coarse:h-12">
        <Link to="/" aria-label="Stepmill" className="rounded-control">
          <Mark withWord />
        </Link>
      </header>
      <main id="main" tabIndex={-1} data-scroller className="@container relative min-h-0 flex-1 overflow-y-auto">
        <Outlet />
      </main>
      <div id={PHONE_ACTION_ID} />
    </div>
  );
}
