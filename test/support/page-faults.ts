import type { Page } from 'playwright-core';

/**
 * What keeps people from using a page as it stands in the browser, one sentence each: a part of WCAG 2.2 that can be
 * decided by looking. None is what a page should have.
 */
export function pageFaults(page: Page): Promise<string[]> {
  // Runs in the page, so everything it needs is inside.
  return page.locator('html').evaluate((html) => {
    const document = html.ownerDocument;
    const view = document.defaultView;
    const faults: string[] = [];
    const all = (selector: string) => [...document.querySelectorAll(selector)];
    const isSeen = (element: typeof html): boolean => element.checkVisibility({ visibilityProperty: true });
    const nameOf = (element: typeof html): string => {
      const labels = [...(element.labels ?? [])].map((label) => label.textContent);
      return [...labels, element.getAttribute('aria-label') ?? '', element.textContent].join(' ').trim();
    };

    if (!/^[a-z]{2}(-[A-Z]{2})?$/.test(html.lang)) faults.push('The page says no language.');
    if (document.title.trim() === '') faults.push('The window has no title.');
    if (all('h1').length !== 1) faults.push(`There are ${all('h1').length} main headings.`);
    if (all('main').length !== 1) faults.push(`There are ${all('main').length} main parts.`);
    const levels = all('h1, h2, h3, h4').map(({ tagName }) => Number(tagName[1]));
    if (levels.some((level, index) => index > 0 && level > (levels[index - 1] ?? 0) + 1))
      faults.push(`A heading level is left out: ${levels.join(' ')}.`);

    const ids = all('[id]').map(({ id }) => id);
    for (const id of ids)
      if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`Two things are called ${id}.`);
    for (const field of all('input:not([type=hidden]), select, textarea'))
      if ([...field.labels].every((label) => label.textContent.trim() === ''))
        faults.push(`A field has no label: ${field.name}.`);
    for (const element of all('button, a[href]'))
      if (nameOf(element) === '') faults.push(`A ${element.tagName} has no name.`);
    for (const element of all('[aria-describedby], [aria-labelledby]'))
      for (const name of ['aria-describedby', 'aria-labelledby'])
        for (const id of (element.getAttribute(name) ?? '').split(' ').filter(Boolean))
          if (!ids.includes(id)) faults.push(`${name} of ${element.id} leads nowhere: ${id}.`);
    for (const link of all('a[href^="#"]'))
      if (!ids.includes(link.hash.slice(1))) faults.push(`A link leads nowhere: ${link.hash}.`);
    for (const element of all('button, select, textarea, input:not([type=hidden])')) {
      const { width, height } = element.getBoundingClientRect();
      const label = element.labels?.[0]?.getBoundingClientRect();
      if (
        isSeen(element) &&
        (Math.max(width, label?.width ?? 0) < 24 || Math.max(height, label?.height ?? 0) < 24)
      )
        faults.push(`Too small to hit: ${nameOf(element)}.`);
    }
    const across = document.scrollingElement.scrollWidth;
    if (across > html.clientWidth)
      faults.push(`The page has to be moved sideways: ${across} of ${html.clientWidth}.`);

    type Color = readonly [red: number, green: number, blue: number, alpha: number];
    const colorOf = (css: string): Color => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (css.match(/[\d.]+/g) ?? []).map(Number);
      return [red, green, blue, alpha];
    };
    const light = ([red, green, blue]: Color): number => {
      const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) =>
        part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const groundOf = (element: typeof html): Color => {
      for (let one = element; one; one = one.parentElement) {
        const color = colorOf(view.getComputedStyle(one).backgroundColor);
        if (color[3] === 1) return color;
      }
      return [255, 255, 255, 1];
    };
    const texts = all('body *').filter((element) =>
      [...element.childNodes].some(
        ({ nodeType, textContent }) => nodeType === 3 && textContent.trim() !== '',
      ),
    );
    for (const element of texts) {
      if (!isSeen(element)) continue;
      const style = view.getComputedStyle(element);
      const [one, other] = [light(colorOf(style.color)), light(groundOf(element))];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (contrast < (isLarge ? 3 : 4.5))
        faults.push(`Hard to read (${contrast.toFixed(1)}): ${element.textContent.trim().slice(0, 40)}.`);
    }
    return [...new Set(faults)];
  });
}

/** What has the focus: its name as people hear it, and whether they see that it has it. */
export function focused(page: Page): Promise<{
  readonly tag: string;
  readonly name: string;
  readonly isMarked: boolean;
}> {
  return page.locator('html').evaluate((html) => {
    const element = html.ownerDocument.activeElement;
    const { outlineStyle, outlineWidth } = html.ownerDocument.defaultView.getComputedStyle(element);
    const label = element.labels?.[0]?.textContent ?? element.textContent;
    return {
      tag: element.tagName.toLowerCase(),
      name: label.trim().replaceAll(/\s+/g, ' '),
      isMarked: outlineStyle !== 'none' && outlineWidth !== '0px',
    };
  });
}
