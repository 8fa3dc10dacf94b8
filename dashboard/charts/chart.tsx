/** One ECharts canvas that follows its box. Only what the page draws is bundled. */
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
  /** A click anywhere in the plot, in the coordinates of the axes. */
  onPick?(x: number): void;
}

export function Chart({ option, class: className, onPick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | undefined>(undefined);
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    if (box.current === null) return undefined;
    const made = init(box.current, null, { renderer: 'canvas' });
    chart.current = made;
    made.getZr().on('click', ({ offsetX, offsetY }) => {
      const at = made.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY]);
      const x = at[0];
      if (made.containPixel({ gridIndex: 0 }, [offsetX, offsetY]) && x !== undefined) pick.current?.(x);
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

  // The text alternative stands beside each chart: a canvas has nothing to say to a screen reader.
  return <div ref={box} class={className} aria-hidden="true" />;
}

/** A tooltip drawn on the canvas: the HTML one needs style attributes, which the content security policy forbids. */
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
