// The channel by which the page tells what a person has changed (keeping.js); its value is the number of the last answer.
host.hidden = true;
ink.keep.act = host.act;
if (data.n) ink.keep.answered(data.n);
