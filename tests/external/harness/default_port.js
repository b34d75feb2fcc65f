// Loaded before the tests of a library for Node.js: connections to the default port of Redis go to the first of
// EXTERNAL_PORTS, and those to the ports from 3000 on, where such tests expect the nodes of a cluster, to the ports in
// that order, or to the only one. So the tests need not be changed and the ports need not be free.
"use strict";

const net = require("net");

const CLUSTER_FROM = 3000;
const CLUSTER_NODES = 6;

const ports = process.env.EXTERNAL_PORTS.split(" ").map(Number);
const connect = net.Socket.prototype.connect;

function substitute(port) {
  const node = Number(port) - CLUSTER_FROM;
  if (node >= 0 && node < CLUSTER_NODES) {
    return ports[Math.min(node, ports.length - 1)];
  }
  return Number(port) === 6379 ? ports[0] : port;
}

net.Socket.prototype.connect = function (...words) {
  // Node.js hands over either what the caller gave or a list made of it, in which options come first.
  const given = Array.isArray(words[0]) ? words[0] : words;
  if (typeof given[0] === "number") {
    given[0] = substitute(given[0]);
  } else if (given[0] && typeof given[0] === "object" && given[0].port !== undefined) {
    given[0] = { ...given[0], port: substitute(given[0].port) };
  }
  return connect.apply(this, words);
};
