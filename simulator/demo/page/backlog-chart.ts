// The backlog of the last minute as a small area: one sample a second, drawn as SVG. Its text says the same.
const SAMPLES_LIMIT = 60;
const WIDTH = 240;
const HEIGHT = 48;
const NAMESPACE = 'http://www.w3.org/2000/svg';

export interface BacklogChart {
  readonly root: SVGSVGElement;
  sample(backlog: number, label: string): void;
}

export function createBacklogChart(): BacklogChart {
  const root = document.createElementNS(NAMESPACE, 'svg');
  root.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  root.setAttribute('preserveAspectRatio', 'none');
  root.setAttribute('role', 'img');
  const area = document.createElementNS(NAMESPACE, 'path');
  area.setAttribute('class', 'area');
  const line = document.createElementNS(NAMESPACE, 'path');
  line.setAttribute('class', 'line');
  line.setAttribute('vector-effect', 'non-scaling-stroke');
  root.append(area, line);
  const samples: number[] = [];
  return {
    root,
    sample: (backlog, label) => {
      samples.push(backlog);
      if (samples.length > SAMPLES_LIMIT) samples.shift();
      const scale = Math.max(4, ...samples);
      const step = WIDTH / (SAMPLES_LIMIT - 1);
      const start = WIDTH - (samples.length - 1) * step;
      const points = samples.map((value, index) => {
        const y = HEIGHT - 2 - (value / scale) * (HEIGHT - 6);
        return `${(start + index * step).toFixed(1)} ${y.toFixed(1)}`;
      });
      line.setAttribute('d', `M${points.join('L')}`);
      area.setAttribute('d', `M${start} ${HEIGHT}L${points.join('L')}L${WIDTH} ${HEIGHT}Z`);
      root.setAttribute('aria-label', label);
    },
  };
}
