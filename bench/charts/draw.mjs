// SVG by ECharts on the server: no browser, no canvas.
import * as echarts from 'echarts';

const SIZE = { width: 760, height: 420 };
/** Told apart by those who do not see all colours: the palette of Okabe and Ito. */
const COLOURS = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#999999', '#000000'];
const TEXT = { color: '#24292f', fontFamily: 'Arial, Helvetica, sans-serif' };

/** @param option of ECharts without what all charts share: title, lines or bars, axes */
function draw({ title, subtitle, ...option }) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: COLOURS,
    textStyle: TEXT,
    title: { text: title, subtext: subtitle, left: 'center', textStyle: { ...TEXT, fontSize: 16 } },
    // Widths of text are guessed without a canvas: room for a wrong guess.
    legend: { bottom: 8, textStyle: TEXT, itemGap: 40 },
    grid: { top: 76, bottom: 84, left: 76, right: 32 },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

const axis = (name, more) => ({
  name,
  nameLocation: 'middle',
  nameGap: 32,
  axisLabel: TEXT,
  nameTextStyle: TEXT,
  ...more,
});

/**
 * Lines over numbers.
 *
 * @param lines `{ name, points: [[x, y], ...] }`; a line that is `isFloor` is dashed
 */
export function lineChart({ title, subtitle, x, y, isLogX = true, isLogY = false, lines }) {
  return draw({
    title,
    subtitle,
    xAxis: axis(x, { type: isLogX ? 'log' : 'value', logBase: 10 }),
    yAxis: axis(y, { type: isLogY ? 'log' : 'value', nameGap: 52, min: isLogY ? undefined : 0 }),
    series: lines.map(({ name, points, isFloor }) => ({
      ...{ name, type: 'line', data: points, symbolSize: 6 },
      lineStyle: { width: 2, type: isFloor === true ? 'dashed' : 'solid' },
    })),
  });
}

/** Bars side by side. @param groups names under the axis; @param bars `{ name, values }`, one value for each group */
export function barChart({ title, subtitle, y, groups, bars }) {
  return draw({
    title,
    subtitle,
    xAxis: axis('', { type: 'category', data: groups }),
    yAxis: axis(y, { type: 'value', nameGap: 52 }),
    series: bars.map(({ name, values }) => ({
      ...{ name, type: 'bar', data: values },
      label: { show: true, position: 'top', formatter: ({ value }) => String(Number(value.toPrecision(3))) },
    })),
  });
}
