// An SMPP message centre for tests, by the npm package "smpp": node smsc.js MODULES PORT PASSWORD.
// Every message that it takes is one JSON line on stdout. What a number ends in decides: 0003 is
// throttled once, 0004 is never answered, 0005 loses the connection once, 0006 gets its receipt
// before the answer, 0007 is answered late, 0008 answers by a message of its own: ACK 1. SIGUSR1: nothing is answered any more.
const path = require('path');
const smpp = require(path.join(process.argv[2], 'smpp'));
const [port, password] = [Number(process.argv[3]), process.argv[4]];
const once = new Set();
let stuck = false;
let next = 0;
process.on('SIGUSR1', () => { stuck = true; });

function receipt(session, pdu, id) {
  session.deliver_sm({
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611221405 done date:2611221406 ` +
      'stat:DELIVRD err:000 text:',
  });
}

function isFirst(number) {
  const first = !once.has(number);
  once.add(number);
  return first;
}

function submit(session, pdu) {
  const to = pdu.destination_addr;
  const udh = pdu.short_message.udh;
  const id = `c${next += 1}`;
  if (stuck || to.endsWith('0004')) return;
  if (to.endsWith('0003') && isFirst(to)) {
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  console.log(JSON.stringify({ to, text: pdu.short_message.message,
    udh: udh ? Buffer.from(udh).toString('hex') : '' }));
  if (to.endsWith('0005') && isFirst(to)) {
    session.socket.destroy();
    return;
  }
  if (to.endsWith('0006')) {
    receipt(session, pdu, id);
    setTimeout(() => session.send(pdu.response({ message_id: id })), 100);
    return;
  }
  setTimeout(() => {
    session.send(pdu.response({ message_id: id }));
    receipt(session, pdu, id);
    if (to.endsWith('0008') && isFirst(to))
      session.deliver_sm({ source_addr: to, destination_addr: pdu.source_addr,
        short_message: 'ACK 1' });
  }, to.endsWith('0007') ? 150 : 0);
}

smpp.createServer((session) => {
  session.on('error', () => {});
  session.on('bind_transceiver', (pdu) => session.send(pdu.response(
    { command_status: pdu.password === password ? 0 : smpp.ESME_RINVPASWD })));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => session.send(pdu.response()));
  session.on('submit_sm', (pdu) => submit(session, pdu));
}).listen(port, '127.0.0.1', () => console.log('ready'));
