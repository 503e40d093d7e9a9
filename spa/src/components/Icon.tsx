// The interface's own icons: one set, one size, one pen.
export {
  ArrowUpRight,
  Check,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  CircleHelp,
  Copy,
  Ellipsis,
  GripVertical,
  LogOut,
  Menu as MenuIcon,
  Monitor,
  Moon,
  PanelLeft,
  Play,
  Plus,
  Search,
  Sun,
  Trash2,
  X,
} from 'lucide-react';

/** Spread on each: `<Plus {...icon} />` */
export const icon = { size: 16, strokeWidth: 1.5, 'aria-hidden': true, className: 'shrink-0' } as const;
export const smallIcon = { ...icon, size: 14 } as const;
