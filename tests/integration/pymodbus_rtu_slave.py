"""A slave with RTU framing made by others: python3-pymodbus over TCP or on a serial line.

    pymodbus_rtu_slave.py tcp PORT TABLES.json
    pymodbus_rtu_slave.py serial PATH TABLES.json"""

import json
import sys

from pymodbus.datastore import (ModbusServerContext, ModbusSlaveContext,
                                ModbusSparseDataBlock)
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer


def block(words):
    return ModbusSparseDataBlock({int(address): word for address, word in words.items()} or {0: 0})


def slave(tables):
    return ModbusSlaveContext(di=block(tables.get("discrete", {})),
                              co=block(tables.get("coil", {})),
                              hr=block(tables.get("holding", {})),
                              ir=block(tables.get("input", {})), zero_mode=True)


def main():
    kind, place, path = sys.argv[1:]
    with open(path, encoding="utf-8") as f:
        units = json.load(f)
    context = ModbusServerContext(slaves={int(unit): slave(tables) for unit, tables in units.items()},
                                  single=False)
    if kind == "tcp":
        StartTcpServer(context=context, framer=ModbusRtuFramer, address=("127.0.0.1", int(place)))
    else:
        StartSerialServer(context=context, framer=ModbusRtuFramer, port=place, baudrate=19200,
                          timeout=0.01)


main()
