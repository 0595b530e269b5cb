"""A Modbus TCP slave made by others: python3-pymodbus serving the words of a JSON file.

    pymodbus_slave.py PORT TABLES.json"""

import json
import sys

from pymodbus.datastore import (ModbusServerContext, ModbusSlaveContext,
                                ModbusSparseDataBlock)
from pymodbus.server import StartTcpServer


def block(words):
    return ModbusSparseDataBlock({int(address): word for address, word in words.items()} or {0: 0})


def slave(tables):
    return ModbusSlaveContext(di=block(tables.get("discrete", {})),
                              co=block(tables.get("coil", {})),
                              hr=block(tables.get("holding", {})),
                              ir=block(tables.get("input", {})), zero_mode=True)


def main():
    with open(sys.argv[2], encoding="utf-8") as f:
        units = json.load(f)
    context = ModbusServerContext(slaves={int(unit): slave(tables) for unit, tables in units.items()},
                                  single=False)
    StartTcpServer(context=context, address=("127.0.0.1", int(sys.argv[1])))


main()
