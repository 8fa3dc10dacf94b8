/** An ECharts canvas that resizes with its container. Only the used chart types are bundled. */
import { BarChart, type BarSeriesOption, CustomChart, type CustomSeriesOption } from 'echarts/charts';
import {
  GridComponent,
  type GridComponentOption,
  TooltipComponent,
  type TooltipComponentOption,
} from 'echarts/components';
import { type ComposeOption, type EChartsType, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'preact/hooks';
import type { Palette } from './palette.ts';

use([BarChart, CustomChart, GridComponent, TooltipComponent, CanvasRenderer]);

export type ChartOption = ComposeOption<
  BarSeriesOption | CustomSeriesOption | GridComponentOption | TooltipComponentOption
>;

export interface ChartProps {
  readonly option: ChartOption;
  readonly class: string;
  /** Called for a click in the plot, in axis coordinates. */
  onClick?(x: number): void;
}

export function Chart({ option, class: className, onClick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | undefined>(undefined);
  const clicked = useRef(onClick);
  clicked.current = onClick;

  useEffect(() => {
    if (box.current === null) return undefined;
    const made = init(box.current, null, { renderer: 'canvas' });
    chart.current = made;
    made.getZr().on('click', ({ offsetX, offsetY }) => {
      const at = made.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY]);
      const x = at[0];
      if (made.containPixel({ gridIndex: 0 }, [offsetX, offsetY]) && x !== undefined) clicked.current?.(x);
    });
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = undefined;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true });
  }, [option]);

  // Each chart has a text alternative next to it, for screen readers.
  return <div ref={box} class={className} aria-hidden="true" />;
}

/** A tooltip on the canvas: HTML tooltips need style attributes, which the content security policy forbids. */
export function tooltipOf(palette: Palette): TooltipComponentOption {
  return {
    renderMode: 'richText',
    backgroundColor: palette.surface,
    borderColor: palette.line,
    borderWidth: 1,
    padding: [8, 12],
    confine: true,
    transitionDuration: 0,
    textStyle: { color: palette.text, fontFamily: palette.font, fontSize: 13, lineHeight: 20 },
  };
}
