// @ts-check
// The channel by which the page tells what a person has changed (keeping.js); its value is the number
// of the last answer.
import {keep} from './keeping.js';

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  host.hidden = true;
  keep.act = host.act;
  if (data.n) keep.answered(data.n);
};
