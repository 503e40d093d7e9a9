// Markdown as elements, never as markup. Headings start at h4 here: it stands in something that has a heading of its own.
import type { ReactNode } from 'react';
import { type Block, blocks, type Inline } from '@/lib/markdown';
import { ArrowUpRight, smallIcon } from './Icon';

const line = (parts: readonly Inline[]): ReactNode =>
  parts.map((part, index) => {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'code':
        return (
          <code key={index} className="mono-12 rounded-badge bg-bg-3 px-1">
            {part.text}
          </code>
        );
      case 'strong':
        return <strong key={index}>{line(part.children)}</strong>;
      case 'em':
        return <em key={index}>{line(part.children)}</em>;
      default:
        return (
          <a key={index} href={part.href} target="_blank" rel="noreferrer noopener" className="link">
            {line(part.children)}
            <ArrowUpRight {...smallIcon} className="inline shrink-0" />
          </a>
        );
    }
  });

function OneBlock({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading': {
      const Heading = block.level < 3 ? 'h4' : 'h5';
      return <Heading className="t-13 font-semibold">{line(block.children)}</Heading>;
    }
    case 'code':
      return (
        <pre className="mono-12 overflow-x-auto rounded-control bg-bg-0 px-2 py-1">
          <code>{block.text}</code>
        </pre>
      );
    case 'quote':
      return <blockquote className="border-l-2 border-line-2 pl-3 text-text-2">{line(block.children)}</blockquote>;
    case 'rule':
      return <hr className="border-line-1" />;
    case 'list': {
      const List = block.ordered ? 'ol' : 'ul';
      return (
        <List className={block.ordered ? 'list-decimal pl-5' : 'list-disc pl-5'}>
          {block.items.map((item, index) => (
            <li key={index}>{line(item)}</li>
          ))}
        </List>
      );
    }
    default:
      return <p className="whitespace-pre-line">{line(block.children)}</p>;
  }
}

export default function Markdown({ text }: { text: string }) {
  return (
    <div className="t-13 flex max-w-[72ch] min-w-0 flex-col gap-2 wrap-break-word">
      {blocks(text).map((block, index) => (
        <OneBlock key={index} block={block} />
      ))}
    </div>
  );
}
