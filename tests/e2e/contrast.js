// Texts of the page whose contrast against what lies behind them is below 4.5, by WCAG 2.2.
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] > 230) return color;
    }
    return rgba("white");
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const is_seen = element.checkVisibility({ opacityProperty: true });
    if (!walker.currentNode.data.trim() || !is_seen) continue;
    if (element.closest(".visually-hidden, .skip-link, noscript, script")) continue;
    const is_svg = element instanceof SVGElement;
    const style = getComputedStyle(element);
    const row = element.closest(".row")?.querySelector(".bar");
    const back = row ? rgba(getComputedStyle(row).backgroundColor) : behind(element);
    const [a, b] = [light(rgba(is_svg ? style.fill : style.color)), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`${walker.currentNode.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(found)];
}
