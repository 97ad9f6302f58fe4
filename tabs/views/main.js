// @ts-check
// What the page has of the views: `ink`, for Gradio's components and the window's own events.
import {mended} from './access.js';
import asking from './asking.js';
import cast from './cast.js';
import changed from './changed.js';
import chat from './chat.js';
import chunks from './chunks.js';
import cleaning from './cleaning.js';
import './composing.js';
import curve from './curve.js';
import entries from './entries.js';
import estimate from './estimate.js';
import example from './example.js';
import first from './first.js';
import grid from './grid.js';
import guide from './guide.js';
import history from './history.js';
import {keep} from './keeping.js';
import kept from './kept.js';
import {mount} from './kit/mount.js';
import {hold} from './kit/parts.js';
import library from './library.js';
import live from './live.js';
import model_sizes from './model_sizes.js';
import notice from './notice.js';
import './paste.js';
import './pressed.js';
import preflight from './preflight.js';
import preview from './preview.js';
import {pulse} from './pulse.js';
import review from './review.js';
import rows from './rows.js';
import rules from './rules.js';
import runs from './runs.js';
import server from './server.js';
import start from './start.js';
import status from './status.js';

/** Each view by the name that `view(name)` gives it. */
const views = {
  asking,
  cast,
  changed,
  chat,
  chunks,
  cleaning,
  curve,
  entries,
  estimate,
  example,
  first,
  grid,
  guide,
  history,
  kept,
  library,
  live,
  model_sizes,
  notice,
  preflight,
  preview,
  review,
  rows,
  rules,
  runs,
  server,
  start,
  status,
};
Object.assign(window, {ink: {hold, keep, mended, mount, pulse, views}});
