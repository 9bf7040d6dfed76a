"""Writes the workbooks beside this script with openpyxl and XlsxWriter, as `python make_excel.py`."""

import datetime as dt
import os

import openpyxl
import xlsxwriter

here = os.path.dirname(os.path.abspath(__file__))

book = openpyxl.Workbook()
sheet = book.active
sheet.title = 'First'
sheet.append([])
sheet.append(['id', 'name', 'day', 'moment', 'yes', 'value', 'code', None, 'clock', 'ID'])
sheet.append([1, 'a', dt.date(2020, 1, 31), dt.datetime(2020, 1, 31, 12, 30), True, 1.5, '007', 'x', dt.time(1, 2, 3), 9])
sheet.append([2, None, dt.date(1960, 1, 1), None, False, 2, '5', None, None, None])
sheet.append([])
sheet.append([4, 'grün & <b>\nline', None, dt.datetime(2021, 12, 31, 23, 59, 59), None, -3, None, None, None, None])
second = book.create_sheet('Second & last')
second.append(['only'])
second.append([10])
book.create_sheet('Nothing')
book.save(f'{here}/openpyxl.xlsx')

book = xlsxwriter.Workbook(f'{here}/formulas.xlsx')
sheet = book.add_worksheet()
sheet.write_row(0, 0, ['a', 'twice', 'text'])
for row, (value, twice, text) in enumerate([(3, 6, 'x'), (4, '#DIV/0!', 'y'), (5, 10, '#N/A')], start=1):
    sheet.write(row, 0, value)
    sheet.write_formula(row, 1, f'=A{row + 1}*2', None, twice)
    sheet.write_formula(row, 2, f'=B{row}', None, text)
book.close()
