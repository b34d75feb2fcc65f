// Loaded before the tests of a library for Node.js: connections to the default port of Redis go to EXTERNAL_PORT,
// so that the tests need not be changed and the default port need not be free.
"use strict";

const net = require("net");

const port = Number(process.env.EXTERNAL_PORT);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...words) {
  // Node.js hands over either what the caller gave or a list made of it, in which options come first.
  const given = Array.isArray(words[0]) ? words[0] : words;
  if (given[0] === 6379) {
    given[0] = port;
  } else if (given[0] && typeof given[0] === "object" && Number(given[0].port) === 6379) {
    given[0] = { ...given[0], port };
  }
  return connect.apply(this, words);
};
