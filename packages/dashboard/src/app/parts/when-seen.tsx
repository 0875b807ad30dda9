import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Asked for a little before it comes into view: what nobody scrolls to costs ClickHouse nothing. */
const BEFORE_PX = 50;

/** Panels that are drawn, and ask, once they are scrolled to. */
export function WhenSeen({
  height,
  children,
}: {
  readonly height: number;
  readonly children: ComponentChildren;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null || isSeen) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((e) => e.isIntersecting) && setSeen(true),
      { rootMargin: `${BEFORE_PX}px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [isSeen]);
  return isSeen ? children : <div ref={place} class="wide later" style={{ minHeight: `${height}px` }} />;
}
