@echo off
"%STELE_COMMAND%" %*
